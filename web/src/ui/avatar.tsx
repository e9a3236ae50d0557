/** A picture, or initials on a colour of one's own. Decoration: the name stands beside it. */
import { Users } from 'lucide-react';
import { useState } from 'react';
import { hueOf, initialsOf } from '../lib/people.ts';

interface AvatarProps {
  id: string;
  name: string | undefined;
  url?: string | null | undefined;
  isGroup?: boolean;
  size?: 'small' | 'medium' | 'large';
}

const SIZES = { small: 'size-8 text-xs', medium: 'size-11 text-sm', large: 'size-16 text-xl' };

export function Avatar({ id, name, url, isGroup = false, size = 'medium' }: AvatarProps) {
  const [broken, setBroken] = useState<string | null>(null);
  const shape = `${SIZES[size]} shrink-0 rounded-full`;
  if (name === undefined) return <span aria-hidden className={`${shape} animate-pulse bg-line`} />;
  if (url && url !== broken) {
    return <img src={url} alt="" className={`${shape} bg-line object-cover`} referrerPolicy="no-referrer" onError={() => setBroken(url)} />;
  }
  const hue = hueOf(id);
  return (
    <span
      aria-hidden
      className={`${shape} inline-flex items-center justify-center font-semibold select-none`}
      style={{
        backgroundColor: `light-dark(oklch(0.9 0.055 ${hue}), oklch(0.38 0.07 ${hue}))`,
        color: `light-dark(oklch(0.38 0.1 ${hue}), oklch(0.93 0.05 ${hue}))`,
      }}
    >
      {isGroup ? <Users className="size-1/2" /> : initialsOf(name)}
    </span>
  );
}

/** The colour a person's name has in a group. */
export const nameColour = (id: string): string => `light-dark(oklch(0.45 0.13 ${hueOf(id)}), oklch(0.82 0.09 ${hueOf(id)}))`;
