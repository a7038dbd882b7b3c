select * from sk.settlement_shares where settlement_id = ${id} order by campaign_id
