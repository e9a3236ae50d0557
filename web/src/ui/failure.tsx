/** What did not work, said at once: there while it is empty too, since what appears with its words may go unsaid; then without a place or a gap. */
export const Failure = ({ text, className = '' }: { text: string | null; className?: string }) => (
  <div role="alert" className={`empty:absolute ${className}`}>
    {text === null ? null : <p className="rounded-xl bg-danger-soft px-3.5 py-2.5 text-sm text-danger">{text}</p>}
  </div>
);
