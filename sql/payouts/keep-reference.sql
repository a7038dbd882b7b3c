update sk.payouts set gateway = ${gateway}, gateway_reference = ${gatewayReference}
where id = ${id} and status = 'approved' and gateway_reference is null
