/** A link within the app: a real one, so that it can be opened in a new tab, copied and found by keyboard. */
import type { ComponentProps, MouseEvent } from 'react';
import { navigate } from '../hooks/use-route.ts';
import { pathOf, type Route } from '../lib/routes.ts';

interface LinkProps extends Omit<ComponentProps<'a'>, 'href' | 'onClick'> {
  to: Route;
  /** Chosen while one is there already. */
  onAgain?: () => void;
}

export function Link({ to, onAgain, ...rest }: LinkProps) {
  function follow(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (pathOf(to) === location.pathname) onAgain?.();
    else navigate(to);
  }
  return <a {...rest} href={pathOf(to)} onClick={follow} />;
}
