/** What the service worker uses of its surroundings, so that it runs in a test as well. Names are the platform's (W3C Push, Notifications). */

import type { Shower } from './notification.ts';

export interface WorkerScope {
  registration: Shower & {
    getNotifications(filter?: { tag: string }): Promise<readonly ShownNotification[]>;
    pushManager: { subscribe(options: { userVisibleOnly: true; applicationServerKey: string }): Promise<{ toJSON(): unknown }> };
  };
  clients: {
    matchAll(options: { type: 'window'; includeUncontrolled: true }): Promise<readonly OpenWindow[]>;
    openWindow(url: string): Promise<unknown>;
    claim(): Promise<void>;
  };
  navigator: { setAppBadge?(count: number): Promise<void> };
  fetch(path: string, init?: { method: string; headers: Record<string, string>; body: string }): Promise<FetchAnswer>;
  skipWaiting(): Promise<void>;
  addEventListener<K extends keyof WorkerEvents>(type: K, listener: (event: WorkerEvents[K]) => void): void;
}

export interface ShownNotification {
  tag: string;
  data: unknown;
  close(): void;
}

export interface OpenWindow {
  focused: boolean;
  visibilityState: string;
  focus(): Promise<unknown>;
  postMessage(message: unknown): void;
}

interface FetchAnswer {
  ok: boolean;
  json(): Promise<unknown>;
}

interface WaitingEvent {
  waitUntil(work: Promise<unknown>): void;
}

export interface WorkerEvents {
  install: WaitingEvent;
  activate: WaitingEvent;
  push: WaitingEvent & { data: { text(): string } | null };
  notificationclick: WaitingEvent & { notification: ShownNotification };
  pushsubscriptionchange: WaitingEvent;
}
