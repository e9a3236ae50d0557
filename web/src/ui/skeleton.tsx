/** Grey shapes where something is being fetched. Said once to those who cannot see them. */

export function SkeletonRows({ count = 7, label }: { count?: number; label: string }) {
  return (
    <div role="status" className="flex flex-col gap-1 p-2">
      <span className="sr-only">{label}</span>
      {Array.from({ length: count }, (_, index) => (
        <div key={index} aria-hidden className="flex animate-pulse items-center gap-3 rounded-xl px-2 py-2.5">
          <div className="size-11 shrink-0 rounded-full bg-line" />
          <div className="flex min-w-0 flex-1 flex-col gap-2">
            <div className="h-3 rounded-full bg-line" style={{ width: `${38 + ((index * 17) % 30)}%` }} />
            <div className="h-2.5 rounded-full bg-line/70" style={{ width: `${55 + ((index * 23) % 40)}%` }} />
          </div>
        </div>
      ))}
    </div>
  );
}

const BUBBLES = ['w-52 h-10', 'w-72 h-16', 'w-40 h-10 self-end', 'w-64 h-14 self-end', 'w-56 h-10', 'w-80 h-20', 'w-36 h-10 self-end'];

export function SkeletonMessages() {
  return (
    <div role="status" className="flex min-h-0 flex-1 flex-col justify-end gap-3 overflow-hidden px-4 pb-4 sm:px-6">
      <span className="sr-only">Loading messages</span>
      {BUBBLES.map((shape, index) => (
        <div key={index} aria-hidden className={`max-w-[75%] shrink-0 animate-pulse rounded-2xl bg-line/70 ${shape}`} />
      ))}
    </div>
  );
}
