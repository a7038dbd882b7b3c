insert into sk.attempt_evidence (payment_id, address, network, device, email_normalised, form_elapsed_ms, decision, reasons)
values (${paymentId}, ${address}, ${network}, ${device}, ${emailNormalised}, ${formElapsedMs}, ${decision}, ${reasons}::text[])
