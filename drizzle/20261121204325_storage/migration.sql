-- Raw mail is stored as it is: compressing base64 costs more CPU than it saves, and a mail of 8 KB stays in its row.
ALTER TABLE "blob_chunks" ALTER COLUMN "bytes" SET STORAGE EXTERNAL;--> statement-breakpoint
ALTER TABLE "blob_chunks" SET (toast_tuple_target = 8160);--> statement-breakpoint
-- The home of people whose company nobody knows (FEATURES T-03).
INSERT INTO "customers" ("name", "is_unassigned") VALUES ('Unassigned', true);
