/** A link within the app: a real one, so that it can be opened in a new tab, copied and found by keyboard. */
import type { ComponentProps, MouseEvent } from 'react';
import { navigate } from '../hooks/use-route.ts';
import { pathOf, type Route } from '../lib/routes.ts';

export function Link({ to, ...rest }: Omit<ComponentProps<'a'>, 'href' | 'onClick'> & { to: Route }) {
  function follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    navigate(to);
  }
  return <a {...rest} href={pathOf(to)} onClick={follow} />;
}
