insert into sk.donor_identities (donation_id, user_id, name, email, email_normalised, anonymous, locale)
values (${donationId}, ${userId}, ${name}, ${email}, ${emailNormalised}, ${anonymous}, ${locale})
