select count(*)::int as notices from sk.notices_for_a_person
