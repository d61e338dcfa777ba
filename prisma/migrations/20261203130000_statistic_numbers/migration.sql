-- Which sums of released cells are shown, and which are suppressed: judged once.
CREATE TABLE "statistic_number" (
    "subject" TEXT NOT NULL,
    "span" TEXT NOT NULL,
    "period" DATE NOT NULL,
    "event" TEXT NOT NULL,
    "purpose_key" TEXT NOT NULL,
    "ground" TEXT NOT NULL,
    "channel" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "value" INTEGER,
    "draws" INTEGER NOT NULL,
    CONSTRAINT "statistic_number_pkey" PRIMARY KEY ("subject", "span", "period", "event", "purpose_key", "ground", "channel", "kind"),
    CONSTRAINT "statistic_number_span_known" CHECK ("span" IN ('month', 'quarter', 'year'))
);
CREATE TRIGGER statistic_released BEFORE UPDATE OR DELETE ON statistic_number FOR EACH ROW EXECUTE FUNCTION statistic_released();
