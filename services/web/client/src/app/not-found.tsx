import { Link } from '@tanstack/react-router';
import { Empty } from '../ui/empty.tsx';

/** An address that leads nowhere, or to what this account may not see: the server does not say which. */
export function NotFound() {
  return (
    <main className="page" id="main">
      <Empty
        isPage
        title="Nothing is here"
        actions={
          <Link className="btn" to="/">
            Go to the issues
          </Link>
        }
      >
        <p>It may have been deleted, or it belongs to an organization that this account is not in.</p>
      </Empty>
    </main>
  );
}
