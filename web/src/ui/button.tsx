/** The app's buttons: with words, or with an icon and a name for those who cannot see it. */
import type { ComponentProps, ReactNode } from 'react';

type Tone = 'primary' | 'quiet' | 'danger';

const TONES: Record<Tone, string> = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong',
  quiet: 'bg-sunken text-ink hover:bg-line',
  danger: 'bg-danger-soft text-danger hover:brightness-95 dark:hover:brightness-125',
};

export function Button({ tone = 'quiet', className = '', type = 'button', ...rest }: ComponentProps<'button'> & { tone?: Tone }) {
  return (
    <button
      {...rest}
      type={type}
      className={`inline-flex min-h-10 items-center justify-center gap-2 rounded-xl px-4 py-2 text-sm font-semibold transition-colors disabled:cursor-not-allowed disabled:opacity-60 ${TONES[tone]} ${className}`}
    />
  );
}

export const iconButtonClass =
  'inline-flex size-10 shrink-0 items-center justify-center rounded-full text-muted transition-colors hover:bg-hover hover:text-ink disabled:cursor-not-allowed disabled:opacity-50';

export function IconButton({
  label,
  children,
  className = '',
  ...rest
}: ComponentProps<'button'> & { label: string; children: ReactNode }) {
  return (
    <button type="button" {...rest} aria-label={label} title={label} className={`${iconButtonClass} ${className}`}>
      {children}
    </button>
  );
}
