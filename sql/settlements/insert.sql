insert into sk.settlements (id, gateway, bank_reference, settled_on, gross_minor, fee_minor, vat_minor, payments, entered_by, entered_at)
values (${id}, ${gateway}, ${bankReference}, ${settledOn}, ${grossMinor}, ${feeMinor}, ${vatMinor}, ${payments}, ${enteredBy},
  ${enteredAt})
returning *
