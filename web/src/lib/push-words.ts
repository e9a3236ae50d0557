/** Notifications in plain words: what became of one, and what each step of a test was about. */
import type { PushDecision, PushReason, PushTest } from '../../../protocol/devices.ts';

const REASONS: Record<PushReason, string> = {
  sent: 'You were notified.',
  collapsed: 'It was covered by a notification that you had just got.',
  read_meanwhile: 'You had already read it.',
  muted: 'You have muted this conversation.',
  device_active: 'You had Natter open on a device.',
  no_address: 'None of your devices had notifications turned on.',
  address_gone: 'This device no longer takes notifications. Turn them on again there.',
  provider_failed: 'The notification service did not take it.',
};

export const reasonLine = ({ reason }: PushDecision): string => REASONS[reason];

const STEPS: Record<PushTest['steps'][number]['step'], string> = {
  address: 'This device is known to the server',
  encryption: 'The notification was encrypted',
  provider: 'The notification service took it',
};

export const stepLine = (step: PushTest['steps'][number]['step']): string => STEPS[step];
