/** Goes to a message by its number, fetching older pages until it is there, and makes it stand out for a moment. */
import type { ConversationHandle } from '@natter/client';
import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';
import type { VirtualizerHandle } from 'virtua';
import type { Row } from '../lib/timeline-rows.ts';

interface JumpOptions {
  handle: ConversationHandle;
  rows: readonly Row[];
  virtualizer: RefObject<VirtualizerHandle | null>;
  loadMore: () => Promise<boolean>;
}
const FLASH_MS = 2_200;

export function useJump({ handle, rows, virtualizer, loadMore }: JumpOptions) {
  const [target, setTarget] = useState<number | null>(null);
  const [flashed, setFlashed] = useState<string | null>(null);
  const wanted = useRef<number | null>(null);

  const jumpTo = useCallback(
    async (messageId: number) => {
      wanted.current = messageId;
      while (wanted.current === messageId && !isIn(handle, messageId)) {
        if (!(await loadMore())) return;
      }
      if (wanted.current === messageId) setTarget(messageId);
    },
    [handle, loadMore],
  );

  useEffect(() => {
    const index = target === null ? -1 : rows.findIndex((row) => row.kind !== 'local' && row.message.message_id === target);
    if (index < 0) return;
    virtualizer.current?.scrollToIndex(index, { align: 'center' });
    setFlashed(rows[index]?.key ?? null);
    setTarget(null);
  }, [target, rows, virtualizer]);

  useEffect(() => {
    if (flashed === null) return;
    const timer = setTimeout(() => setFlashed(null), FLASH_MS);
    return () => clearTimeout(timer);
  }, [flashed]);

  // Leaving the conversation ends the search.
  useEffect(() => () => void (wanted.current = null), []);

  return { jumpTo, flashed };
}

const isIn = (handle: ConversationHandle, messageId: number): boolean =>
  handle.timeline.get().entries.some((entry) => entry.kind === 'message' && entry.message.message_id === messageId);
