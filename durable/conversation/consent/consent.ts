/**
 * What becomes of a message request: accepted by a word or by an answer, deleted, asked again. The
 * opener is told of an acceptance alone. Each change is stored with the word that it must be told,
 * in one turn; it knows neither sockets nor other objects.
 */
import { CLOSE } from '../../../protocol/errors.ts';
import { accept, refuse, type Outcome } from '../../../protocol/outcome.ts';
import type { Connections } from '../connections.ts';
import type { Outbox } from '../outbox.ts';
import type { Progress } from '../progress.ts';
import type { Signals } from '../signals.ts';
import type { LogWriter } from '../writer.ts';
import { accepted, ask, deleted, isGone, isPending, mayAskAgain } from './request.ts';

export interface ConsentDeps {
  writer: LogWriter;
  progress: Progress;
  connections: Connections;
  outbox: Outbox;
  signals: Signals;
  /** Commits what waits. */
  flush(): void;
  now(): number;
}

export class Consent {
  readonly #deps: ConsentDeps;

  constructor(deps: ConsentDeps) {
    this.#deps = deps;
  }

  /** `not_found` when nobody asked; twice does no harm. */
  accept(userId: string): Outcome<null> {
    const { writer, outbox, flush, now } = this.#deps;
    flush();
    const { request } = writer;
    if (request?.asked !== userId) return NO_REQUEST;
    if (!isPending(request)) return accept(null);
    writer.setRequest(accepted(request, now()));
    this.answered();
    outbox.retell([...writer.members.keys()]);
    return accept(null);
  }

  /** The opener is not told. Twice does no harm. @returns who the opener is */
  delete(userId: string): Outcome<{ from: string }> {
    const { writer, connections, outbox, flush, now } = this.#deps;
    flush();
    const { request } = writer;
    if (!isPending(request) || request.asked !== userId) return NO_REQUEST;
    const from = [...writer.members.keys()].find((id) => id !== userId)!;
    if (request.state === 'deleted') return accept({ from });
    writer.setRequest(deleted(request, now()));
    outbox.retell([userId]);
    connections.closeWhere((connection) => connection.userId === userId, CLOSE.not_a_member, 'the request was deleted');
    return accept({ from });
  }

  /** Who was asked has agreed. In that turn: lost, D1 would never know that the two share a conversation. */
  answered(): void {
    const { writer, progress, signals } = this.#deps;
    progress.membersChanged(new Set());
    signals.released(writer.request!.asked);
    progress.save();
  }

  /** One of the two opens it again: who deleted the request takes it up; who asked may ask again, much later. */
  reopen(userId: string): void {
    const { writer, outbox, flush, now } = this.#deps;
    flush();
    const { request } = writer;
    if (isGone(request, userId)) this.accept(userId);
    else if (mayAskAgain(request, now()) && request.asked !== userId) {
      writer.setRequest(ask(request.asked, writer.countableTotal, now(), request));
      outbox.retell([request.asked]);
    }
  }

  /** Whether `reopen` would do anything. */
  reopens(userId: string): boolean {
    const { writer, now } = this.#deps;
    return isGone(writer.request, userId) || (mayAskAgain(writer.request, now()) && writer.request.asked !== userId);
  }
}

const NO_REQUEST = refuse('not_found', 'There is no such request.');
