-- By the gateway's number, or by ours, which a notice may repeat before we have kept the gateway's.
select id, campaign_id, refund_id from sk.payouts
where gateway = ${gateway} and gateway_reference = ${gatewayReference} or key = ${key}
order by gateway_reference = ${gatewayReference} desc nulls last
limit 1
