/** How every menu looks. */
export const menuClass =
  'min-w-44 max-w-72 origin-[var(--transform-origin)] animate-pop rounded-xl border border-line bg-raised p-1 shadow-pop outline-none';
export const menuItemClass =
  'flex cursor-pointer items-center gap-2.5 rounded-lg px-3 py-2 text-sm outline-none select-none data-[highlighted]:bg-hover';
export const dangerItemClass =
  'flex cursor-pointer items-center gap-2.5 rounded-lg px-3 py-2 text-sm text-danger outline-none select-none data-[highlighted]:bg-danger-soft';
