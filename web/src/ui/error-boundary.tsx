/**
 * Stops what breaks while it is drawn: the part gives way to a few words, the rest of the app goes on.
 * React tells the console what it was. With another `of` than the one that broke it is tried anew.
 */
import { Component, type ReactNode } from 'react';
import { Button } from './button.tsx';
import { FullPage } from './full-page.tsx';

interface Props {
  /** What is drawn: as soon as it is something else, or another state of it, that is tried. */
  of?: unknown;
  /** In its place. */
  fallback: ReactNode;
  children: ReactNode;
}

interface State {
  isBroken: boolean;
  of: unknown;
}

export class ErrorBoundary extends Component<Props, State> {
  override state: State = { isBroken: false, of: this.props.of };

  static getDerivedStateFromError(): Partial<State> {
    return { isBroken: true };
  }

  static getDerivedStateFromProps({ of }: Props, state: State): State | null {
    return Object.is(of, state.of) ? null : { isBroken: false, of };
  }

  override render(): ReactNode {
    return this.state.isBroken ? this.props.fallback : this.props.children;
  }
}

export const reload = (): void => location.reload();

/** Instead of the whole app. */
export const BrokenApp = () => (
  <FullPage title="Something broke" text="Natter has run into a fault of its own. Nothing that you wrote is lost.">
    <Button tone="primary" onClick={reload}>
      Reload
    </Button>
  </FullPage>
);

/** Instead of one column. */
export const BrokenPart = ({ title, children }: { title: string; children?: ReactNode }) => (
  <div role="alert" className="flex flex-1 flex-col items-center justify-center gap-3 px-8 text-center">
    <p className="font-semibold">{title}</p>
    <p className="max-w-sm text-sm text-balance text-muted">Natter has run into a fault of its own. Nothing that you wrote is lost.</p>
    <Button onClick={reload}>Reload</Button>
    {children}
  </div>
);
