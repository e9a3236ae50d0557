/** Fetches older messages when the reader comes near the top. After a failure it waits to be asked. */
import type { ConversationHandle } from '@natter/client';
import { useCallback, useRef, useState } from 'react';
import { asked } from '../session/asked.ts';

export interface Older {
  state: 'idle' | 'loading' | 'failed';
  /** One page, unless one is on its way, there is no more, or the last one failed. */
  loadMore(): Promise<boolean>;
  retry(): void;
}

export function useOlder(handle: ConversationHandle): Older {
  const [state, setState] = useState<Older['state']>('idle');
  const current = useRef<Older['state']>('idle');

  const change = useCallback((next: Older['state']) => {
    current.current = next;
    setState(next);
  }, []);

  const loadMore = useCallback(async () => {
    if (current.current !== 'idle' || !handle.timeline.get().hasOlder) return false;
    change('loading');
    const page = await asked(handle.loadOlder());
    change(page.ok ? 'idle' : 'failed');
    return page.ok;
  }, [handle, change]);

  const retry = useCallback(() => {
    change('idle');
    void loadMore();
  }, [change, loadMore]);

  return { state, loadMore, retry };
}
