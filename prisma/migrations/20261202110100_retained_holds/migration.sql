-- What a law keeps of somebody who was erased may be needed for longer than its period: while a tax is not assessed (§ 147(3) AO), say, or a
-- court wants it. Nothing of it ends as long as it is held.
CREATE TABLE "retained_hold" (
    "subject_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "reason" TEXT NOT NULL,
    "placed_at" TIMESTAMPTZ(3) NOT NULL,
    "placer_id" UUID,
    CONSTRAINT "retained_hold_pkey" PRIMARY KEY ("subject_id"),
    CONSTRAINT retained_hold_reasoned CHECK (reason <> '')
);
CREATE UNIQUE INDEX "retained_hold_id_key" ON "retained_hold" ("id");
SELECT audit_guard('retained_hold', '', 'id');
