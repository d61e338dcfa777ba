-- What contacts ordered. Amounts are exact decimals. The law may want them kept when the contact is erased: nothing takes them
-- along in silence.
CREATE TABLE "customer_order" (
    "contact_id" UUID NOT NULL REFERENCES "contact" ("contact_id"),
    "id" UUID NOT NULL,
    "source" TEXT NOT NULL DEFAULT '',
    "number" TEXT NOT NULL,
    "placed_at" TIMESTAMPTZ(3) NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'placed',
    "currency" TEXT NOT NULL,
    "prices_include_tax" BOOLEAN NOT NULL DEFAULT false,
    "net_total" DECIMAL(24,6) NOT NULL,
    "tax_total" DECIMAL(24,6) NOT NULL,
    "total" DECIMAL(24,6) NOT NULL,
    "billing_address" JSONB,
    "shipping_address" JSONB,
    "notes" TEXT NOT NULL DEFAULT '',
    "invoice_ids" UUID[] NOT NULL DEFAULT '{}',
    "invoiced_at" TIMESTAMPTZ(3),
    "version" INTEGER NOT NULL DEFAULT 1,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT "customer_order_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "customer_order_status_known" CHECK ("status" IN ('placed', 'confirmed', 'fulfilled', 'cancelled')),
    CONSTRAINT "customer_order_sum" CHECK ("net_total" + "tax_total" = "total")
);
CREATE INDEX "customer_order_contact_id_placed_at_id_idx" ON "customer_order" ("contact_id", "placed_at", "id");
CREATE INDEX "customer_order_placed_at_id_idx" ON "customer_order" ("placed_at", "id");
CREATE INDEX "customer_order_total_id_idx" ON "customer_order" ("total", "id");
CREATE INDEX "customer_order_number_idx" ON "customer_order" ("number");

CREATE TABLE "order_line" (
    "contact_id" UUID NOT NULL,
    "id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    "position" INTEGER NOT NULL,
    "article_number" TEXT NOT NULL DEFAULT '',
    "description" TEXT NOT NULL,
    "quantity" DECIMAL(16,4) NOT NULL,
    "unit_price" DECIMAL(20,6) NOT NULL,
    "tax_rate" DECIMAL(6,3) NOT NULL,
    "amount" DECIMAL(24,6) NOT NULL,
    CONSTRAINT "order_line_pkey" PRIMARY KEY ("contact_id", "id"),
    CONSTRAINT "order_line_order_fkey" FOREIGN KEY ("contact_id", "order_id")
      REFERENCES "customer_order" ("contact_id", "id") ON DELETE CASCADE
);
CREATE UNIQUE INDEX "order_line_contact_id_order_id_position_key" ON "order_line" ("contact_id", "order_id", "position");
CREATE INDEX "order_line_article_number_idx" ON "order_line" ("article_number");

-- Whose order has which number: unique across contacts.
CREATE TABLE "order_key" (
    "key" TEXT NOT NULL,
    "contact_id" UUID NOT NULL,
    "order_id" UUID NOT NULL,
    CONSTRAINT "order_key_pkey" PRIMARY KEY ("key"),
    CONSTRAINT "order_key_order_fkey" FOREIGN KEY ("contact_id", "order_id")
      REFERENCES "customer_order" ("contact_id", "id") ON DELETE CASCADE
);
CREATE INDEX "order_key_contact_id_idx" ON "order_key" ("contact_id");

SELECT audit_guard('customer_order', 'contact_id', 'id');
SELECT audit_guard('order_line', 'contact_id', 'id');
