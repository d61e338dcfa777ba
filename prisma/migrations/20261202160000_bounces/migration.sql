-- Mails that came back, and addresses that nothing can be delivered to.

-- By the keyed hash of its address the recipient is found again among the addresses of the contact, once the mail has forgotten it.
ALTER TABLE "outgoing_mail"
    ADD COLUMN "recipient" TEXT NOT NULL DEFAULT '',
    ADD COLUMN "bounced_at" TIMESTAMPTZ(3),
    ADD COLUMN "bounce" TEXT NOT NULL DEFAULT '';

ALTER TABLE "contact_point" ADD COLUMN "undeliverable_at" TIMESTAMPTZ(3);
