/**
 * A part of the app that is loaded when it is first needed. Where it cannot be (no network, or a deploy has taken the
 * old file away) the app goes on, and a few words say so; needed again, it is tried again.
 */
import { useEffect, useState, type ComponentType } from 'react';
import { loadTwice } from '../lib/load-twice.ts';
import { Button } from './button.tsx';
import { ErrorBoundary, reload } from './error-boundary.tsx';

const wait = (delayMs: number) => new Promise<void>((resolve) => setTimeout(resolve, delayMs));

/** Props of a part that opens and closes. */
interface Opening {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}

/** @param name as a person would say it: "The settings" */
export function latePart<Props extends Opening>(name: string, load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  return function LatePart(props: Props) {
    const { open, onOpenChange } = props;
    const [part, setPart] = useState<{ of: ComponentType<Props> } | 'loading' | 'failed'>('loading');
    const isNeeded = open && part === 'loading';

    useEffect(() => {
      if (!isNeeded) return;
      let isGone = false;
      loadTwice(load, wait).then(
        (of) => isGone || setPart({ of }),
        () => isGone || setPart('failed'),
      );
      return () => void (isGone = true);
    }, [isNeeded]);

    if (part === 'loading') return null;
    const failure = (
      <Failed
        name={name}
        open={open}
        onClose={() => {
          setPart('loading');
          onOpenChange(false);
        }}
      />
    );
    if (part === 'failed') return failure;
    const Part = part.of;
    return (
      <ErrorBoundary fallback={failure}>
        <Part {...props} />
      </ErrorBoundary>
    );
  };
}

const Failed = ({ name, open, onClose }: { name: string; open: boolean; onClose: () => void }) =>
  open ? (
    <div
      role="alert"
      className="fixed inset-x-4 bottom-4 z-30 mx-auto flex max-w-md flex-wrap items-center gap-2 rounded-2xl border border-line bg-raised px-4 py-3 text-sm shadow-pop"
    >
      <p className="flex-1 basis-full">{name} could not be loaded. Check your connection, or reload Natter.</p>
      <Button tone="primary" onClick={reload}>
        Reload
      </Button>
      <Button onClick={onClose}>Close</Button>
    </div>
  ) : null;
