"""The counter (惠企服务专窗, article 21): numbers, visits with consent, scans, and the receipt."""
