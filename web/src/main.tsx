/** Starts the app. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { BrokenApp, ErrorBoundary } from './ui/error-boundary.tsx';
import { browserSession } from './session/browser-session.ts';
import './styles.css';

const session = browserSession();
void session.refresh();

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <ErrorBoundary fallback={<BrokenApp />}>
      <App session={session} />
    </ErrorBoundary>
  </StrictMode>,
);
