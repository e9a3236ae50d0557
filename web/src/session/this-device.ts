/** This device as the server has it; one that has no name there yet is given one. */
import type { Client } from '@natter/client';
import type { Device } from '../../../protocol/devices.ts';
import { deviceName } from '../lib/device-name.ts';
import { asked } from './asked.ts';

/** Undefined when it cannot be known: without a network, or when it could not be written. */
export async function thisDevice({ api, deviceId }: Pick<Client, 'api' | 'deviceId'>, userAgent: string): Promise<Device | undefined> {
  const list = await asked(api.devices());
  if (!list.ok) return undefined;
  const id = await deviceId();
  const known = list.value.devices.find((device) => device.device_id === id);
  if (known !== undefined && known.name !== null) return known;
  const put = await asked(api.putDevice(id, { name: deviceName(userAgent), platform: 'web' }));
  return put.ok ? put.value : undefined;
}
