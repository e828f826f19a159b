"""From plan to plan: what is needless goes, sums of products become dots."""
