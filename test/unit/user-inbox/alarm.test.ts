/** What one alarm serves, though a conversation does not answer. */
import { describe, expect, it } from 'vitest';
import { LEASE_MS } from '../../../protocol/limits.ts';
import { delivery, news } from './builders.ts';
import { Stage } from './stage.ts';

describe('[B6] an alarm', () => {
  it('serves presence and notifications while a conversation hangs in which a session is to end', async () => {
    const stage = new Stage();
    const use = { session_id: 's', expires_at: 9_000_000_000 };
    await stage.open.pushAddresses.put(use, 'phone', { kind: 'fcm', token: 't' });
    await stage.deliver(delivery({ conversation_id: 'hangs' }));
    await stage.connect('phone');
    stage.open.presence.watchedBy({ watcher_id: 'watcher', until: stage.now + 600_000, sees_last_seen: true });
    await stage.deliver(news('c', 1));
    expect(stage.jobs).toEqual([]);
    stage.closing = () => new Promise(() => undefined);
    stage.open.sessions.end('other');
    await stage.pass(LEASE_MS + 1_000, { heartbeats: false });
    expect(await stage.alarm()).toBe(true);
    expect(stage.calls.filter((call) => call.startsWith('closeSockets')).length).toBeGreaterThan(0);
    expect(stage.jobs.map(({ conversation_id }) => conversation_id)).toContain('c');
    expect(stage.news).toEqual(['watcher offline']);
  });
});
