/** Signing in and signing up: one form, two modes. Errors stand at the field they belong to. */
import { useRef, useState, type FormEvent } from 'react';
import { useSession } from '../hooks/use-session.ts';
import { signInError, type SignInError, type SignInField } from '../lib/sign-in-errors.ts';
import { signIn, signUp } from '../session/accounts.ts';
import type { SignedOutBy } from '../session/session.ts';
import { Button } from '../ui/button.tsx';
import { Failure } from '../ui/failure.tsx';
import { FormField } from '../ui/form-field.tsx';
import { Logo } from '../ui/logo.tsx';

const WHY: Record<SignedOutBy, string | null> = {
  chosen: null,
  elsewhere: 'You were signed out from another device.',
  expired: 'You are no longer signed in here. Sign in again to go on.',
};

export function SignInScreen({ by }: { by: SignedOutBy }) {
  const session = useSession();
  const [isNew, setIsNew] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<SignInError | null>(null);
  const form = useRef<HTMLFormElement>(null);

  async function submit(event: FormEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (busy) return;
    const data = new FormData(event.currentTarget);
    const field = (name: string) => String(data.get(name) ?? '');
    setBusy(true);
    setError(null);
    const answer = isNew
      ? await signUp({
          email: field('email').trim(),
          password: field('password'),
          name: field('name').trim(),
          username: field('username').trim(),
        })
      : await signIn(field('who').trim(), field('password'));
    if (answer.ok) await session.signedIn();
    setBusy(false);
    if (answer.ok) return;
    const problem = signInError(answer.refused);
    setError(problem);
    const input = form.current?.elements.namedItem(problem.field);
    if (input instanceof HTMLInputElement) input.focus();
  }

  const errorAt = (field: SignInField) => (error?.field === field ? error.text : undefined);

  return (
    <main className="flex min-h-dvh flex-col items-center justify-center gap-8 px-5 py-10">
      <div className="flex flex-col items-center gap-3 text-center">
        <Logo className="size-14" />
        <h1 className="text-2xl font-semibold tracking-tight">{isNew ? 'Create your account' : 'Welcome to Natter'}</h1>
        {WHY[by] === null ? null : (
          <p role="status" className="rounded-xl bg-warn-soft px-3.5 py-2.5 text-sm text-warn">
            {WHY[by]}
          </p>
        )}
        <p className="text-muted">{isNew ? 'It takes half a minute.' : 'Sign in to go on talking.'}</p>
      </div>
      <form
        ref={form}
        key={isNew ? 'sign-up' : 'sign-in'}
        onSubmit={(event) => void submit(event)}
        className="flex w-full max-w-sm flex-col gap-4 rounded-2xl border border-line bg-surface p-6 shadow-bubble"
      >
        {isNew ? (
          <>
            <FormField label="Name" name="name" autoComplete="name" required maxLength={100} autoFocus error={errorAt('name')} />
            <FormField
              label="User name"
              name="username"
              autoComplete="username"
              autoCapitalize="none"
              spellCheck={false}
              required
              minLength={3}
              maxLength={30}
              pattern="[A-Za-z0-9_.]+"
              title="Letters, digits, dots and underscores"
              hint="Others find you by it."
              error={errorAt('username')}
            />
            <FormField label="E-mail address" name="email" type="email" autoComplete="email" required error={errorAt('email')} />
          </>
        ) : (
          <FormField
            label="E-mail address or user name"
            name="who"
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            required
            autoFocus
          />
        )}
        <FormField
          label="Password"
          name="password"
          type="password"
          autoComplete={isNew ? 'new-password' : 'current-password'}
          required
          {...(isNew ? { minLength: 8, maxLength: 128, hint: 'At least 8 characters.' } : {})}
          error={errorAt('password')}
        />
        <Failure text={errorAt('form') ?? null} />
        <Button type="submit" tone="primary" disabled={busy} className="min-h-11">
          {busy ? 'One moment…' : isNew ? 'Create account' : 'Sign in'}
        </Button>
      </form>
      <p className="text-muted">
        {isNew ? 'You have an account?' : 'New here?'}{' '}
        <button
          type="button"
          className="rounded font-semibold text-accent underline-offset-4 hover:underline"
          onClick={() => {
            setIsNew(!isNew);
            setError(null);
          }}
        >
          {isNew ? 'Sign in' : 'Create an account'}
        </button>
      </p>
    </main>
  );
}
