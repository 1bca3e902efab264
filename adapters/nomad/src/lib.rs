//! HashiCorp Nomad: its nodes, jobs and services, as model types.
