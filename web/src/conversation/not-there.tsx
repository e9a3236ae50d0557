/** Where an address leads that is nobody's business, or nobody's at all: the two look the same. */
import { Link } from '../ui/link.tsx';

export function NotThere() {
  return (
    <div className="flex flex-1 flex-col items-center justify-center gap-3 px-8 text-center">
      <p className="text-lg font-semibold">This conversation is not here</p>
      <p className="max-w-sm text-balance text-muted">It does not exist, or you are not a member of it. Ask somebody in it to add you.</p>
      <Link to={{ page: 'list' }} className="mt-1 rounded font-semibold text-accent underline-offset-4 hover:underline">
        To your conversations
      </Link>
    </div>
  );
}
