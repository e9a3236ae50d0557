/** Says that the connection is gone, but only once it has been gone for a while: a deploy is nobody's business. */
import type { ConnectionStatus } from '@natter/client';
import { CloudOff, LoaderCircle } from 'lucide-react';
import { useLasting, useOnline } from '../hooks/use-browser.ts';
import { connectionNotice } from '../lib/connection-notice.ts';

const PATIENCE_MS = 3_000;

export function ConnectionBanner({ status, onReopen }: { status: ConnectionStatus; onReopen: () => void }) {
  const notice = connectionNotice(status, useOnline());
  const hasLasted = useLasting(notice === null ? null : true, PATIENCE_MS);
  const shown = notice?.kind === 'ended' || hasLasted ? notice : null;
  return (
    <div role="status">
      {shown === null ? null : (
        <div className="flex items-center gap-2.5 border-b border-line bg-warn-soft px-4 py-2 text-sm text-warn sm:px-6">
          {shown.kind === 'reconnecting' ? (
            <LoaderCircle className="size-4 shrink-0 animate-spin" aria-hidden />
          ) : (
            <CloudOff className="size-4 shrink-0" aria-hidden />
          )}
          <span>{shown.text}</span>
          {shown.canReopen ? (
            <button type="button" className="rounded font-semibold underline underline-offset-2" onClick={onReopen}>
              Use it here
            </button>
          ) : null}
        </div>
      )}
    </div>
  );
}
