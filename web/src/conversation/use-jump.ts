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
const FLASH_MS = 1_600;

export function useJump({ handle, rows, virtualizer, loadMore }: JumpOptions) {
  const [target, setTarget] = useState<number | null>(null);
  const [flashed, setFlashed] = useState<string | null>(null);
  const isLoading = useRef(false);

  useEffect(() => {
    if (target === null) return;
    const index = rows.findIndex((row) => row.kind !== 'local' && row.message.message_id === target);
    if (index >= 0) {
      virtualizer.current?.scrollToIndex(index, { align: 'center' });
      setFlashed(rows[index]?.key ?? null);
      setTarget(null);
      return;
    }
    if (isLoading.current) return;
    isLoading.current = true;
    void loadMore().then((hasLoaded) => {
      isLoading.current = false;
      if (!hasLoaded) setTarget(null);
    });
  }, [target, rows, virtualizer, loadMore]);

  useEffect(() => {
    if (flashed === null) return;
    const timer = setTimeout(() => setFlashed(null), FLASH_MS);
    return () => clearTimeout(timer);
  }, [flashed]);

  // A new conversation must not go on looking for the number of the old one.
  useEffect(() => setTarget(null), [handle]);

  const jumpTo = useCallback((messageId: number) => setTarget(messageId), []);
  return { jumpTo, flashed };
}
