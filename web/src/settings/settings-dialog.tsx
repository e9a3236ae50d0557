/** Everything one can set about oneself and one's devices, in three parts. */
import { Tabs } from '@base-ui/react/tabs';
import { Dialog } from '../ui/dialog.tsx';
import { Devices } from './devices.tsx';
import { NotificationSettings } from './notification-settings.tsx';
import { PrivacySettings } from './privacy-settings.tsx';

const PARTS = [
  { value: 'notifications', label: 'Notifications', Content: NotificationSettings },
  { value: 'privacy', label: 'Privacy', Content: PrivacySettings },
  { value: 'devices', label: 'Devices', Content: Devices },
] as const;

export function SettingsDialog({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog title="Settings" open={open} onOpenChange={onOpenChange}>
      <Tabs.Root defaultValue="notifications" className="flex min-h-0 flex-1 flex-col">
        <Tabs.List className="flex gap-1 border-b border-line px-4 pb-2">
          {PARTS.map(({ value, label }) => (
            <Tabs.Tab
              key={value}
              value={value}
              className="rounded-full px-3.5 py-1.5 text-sm font-medium text-muted transition-colors hover:bg-hover data-[active]:bg-accent-soft data-[active]:text-accent"
            >
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {PARTS.map(({ value, Content }) => (
          <Tabs.Panel
            key={value}
            value={value}
            className="scroll-thin min-h-0 flex-1 overflow-y-auto px-5 py-4 outline-offset-[-2px] sm:min-h-96"
          >
            <Content />
          </Tabs.Panel>
        ))}
      </Tabs.Root>
    </Dialog>
  );
}
