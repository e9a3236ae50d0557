/** What did not work, said at once. */
export const Failure = ({ text }: { text: string | null }) => (
  <div role="alert" className="empty:hidden">
    {text === null ? null : <p className="rounded-xl bg-danger-soft px-3.5 py-2.5 text-sm text-danger">{text}</p>}
  </div>
);
