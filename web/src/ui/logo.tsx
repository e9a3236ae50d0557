/** The sign of the app. */
export function Logo({ className = 'size-10' }: { className?: string }) {
  return (
    <svg viewBox="0 0 32 32" aria-hidden className={className}>
      <rect width="32" height="32" rx="9" className="fill-accent" />
      <path
        d="M9 9.5h14a2.5 2.5 0 0 1 2.5 2.5v7a2.5 2.5 0 0 1-2.5 2.5h-7.2L11 25.4v-3.9H9A2.5 2.5 0 0 1 6.5 19v-7A2.5 2.5 0 0 1 9 9.5Z"
        className="fill-on-accent"
      />
      <path d="M11.5 14h9M11.5 17.3h5.5" className="stroke-accent" strokeWidth="1.8" strokeLinecap="round" />
    </svg>
  );
}
