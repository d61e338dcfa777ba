-- Whether it is certain that the contact proposed it: pages of partners, and links that were handed over, are used by others, too.
ALTER TABLE "correction_proposal" ADD COLUMN "certain" BOOLEAN NOT NULL DEFAULT true;
