/** Fetches older messages when the reader comes near the top. After a failure it waits to be asked. */
import type { ConversationHandle } from '@natter/client';
import { useCallback, useRef, useState } from 'react';
import { asked } from '../session/asked.ts';

export interface Older {
  state: 'idle' | 'loading' | 'failed';
  /** One page, the one on its way if there is one; false when there is no more or it failed. */
  loadMore(): Promise<boolean>;
  retry(): void;
}

export function useOlder(handle: ConversationHandle): Older {
  const [state, setState] = useState<Older['state']>('idle');
  const running = useRef<Promise<boolean> | null>(null);
  const hasFailed = useRef(false);

  const loadMore = useCallback(() => {
    if (running.current) return running.current;
    if (hasFailed.current || !handle.timeline.get().hasOlder) return Promise.resolve(false);
    setState('loading');
    running.current = asked(handle.loadOlder()).then((page) => {
      running.current = null;
      hasFailed.current = !page.ok;
      setState(page.ok ? 'idle' : 'failed');
      return page.ok;
    });
    return running.current;
  }, [handle]);

  const retry = useCallback(() => {
    hasFailed.current = false;
    void loadMore();
  }, [loadMore]);

  return { state, loadMore, retry };
}
