import type { ReactNode } from 'react';
import { Button, Dialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { Icon } from './icon.tsx';

/** A sheet over the page: the rest is inert, focus is kept in and given back. */
export function Sheet({
  title,
  isOpen,
  onOpenChange,
  isSmall = false,
  children,
}: {
  title: string;
  isOpen: boolean;
  onOpenChange: (isOpen: boolean) => void;
  /** A question rather than a list. */
  isSmall?: boolean;
  children: ReactNode;
}) {
  return (
    <ModalOverlay className="scrim" isOpen={isOpen} onOpenChange={onOpenChange} isDismissable>
      <Modal className={isSmall ? 'pal sheet small-sheet' : 'pal sheet'}>
        <Dialog className="sheet-body">
          <div className="ask">
            <Heading slot="title">{title}</Heading>
            <Button slot="close" className="btn bare icon push" aria-label="Close">
              <Icon name="x" />
            </Button>
          </div>
          {children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
