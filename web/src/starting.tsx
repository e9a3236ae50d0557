/** The app before there is anything to show. */
import { Logo } from './ui/logo.tsx';
import { SkeletonRows } from './ui/skeleton.tsx';

export const Starting = () => (
  <main className="flex h-dvh">
    <div className="w-full border-line bg-surface md:w-80 md:border-r lg:w-92">
      <div className="flex items-center gap-2.5 px-4 py-4">
        <Logo className="size-8" />
        <h1 className="text-lg font-semibold tracking-tight">Natter</h1>
      </div>
      <SkeletonRows label="Starting" />
    </div>
  </main>
);
