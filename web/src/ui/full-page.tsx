/** A page with nothing on it but one thing to know, and what can be done about it. */
import type { ReactNode } from 'react';
import { Logo } from './logo.tsx';

export const FullPage = ({ title, text, children }: { title: string; text: string; children?: ReactNode }) => (
  <main className="flex min-h-dvh flex-col items-center justify-center gap-4 px-6 text-center">
    <Logo className="size-14" />
    <h1 className="max-w-full text-xl font-semibold break-words">{title}</h1>
    <p className="max-w-sm break-words text-muted">{text}</p>
    {children}
  </main>
);
