-- Attempts of one network, and of one e-mail from anywhere, since a time.
select
  count(*) filter (where network = ${network}::cidr)::int as of_network,
  count(*) filter (where email_normalised = ${emailNormalised})::int as of_email
from sk.attempt_evidence
where at > ${since} and (network = ${network}::cidr or email_normalised = ${emailNormalised})
