update sk.campaigns
set title = ${title}, story = ${story}, story_html = ${storyHtml}, category = ${category}, goal_minor = ${goalMinor}, ends_on = ${endsOn},
  timezone = ${timezone}, beneficiary = ${beneficiary}, permit_number = ${permitNumber}
where id = ${id}
