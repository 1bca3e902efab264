# Nomad: one agent on every client, as a system job. The binary is at /usr/local/bin/colocate on every client, or comes as an
# artifact; the keys are in the variable nomad/jobs/colocate-agent, as `keys`:
#   nomad var put nomad/jobs/colocate-agent keys=@agent.keys
job "colocate-agent" {
  type        = "system"
  datacenters = ["*"]

  group "agent" {
    network {
      mode = "host"
      port "probes" { static = 4650 }
      port "grpc" { static = 4651 }
      port "metrics" { static = 9465 }
    }

    service {
      name     = "colocate-agent"
      provider = "nomad"
      port     = "metrics"
      check {
        type     = "http"
        path     = "/healthz"
        interval = "10s"
        timeout  = "2s"
      }
    }

    task "agent" {
      driver = "raw_exec"

      config {
        command = "/usr/local/bin/colocate"
        args    = ["agent", "--config", "${NOMAD_TASK_DIR}/agent.toml"]
      }

      template {
        destination = "${NOMAD_SECRETS_DIR}/keys"
        data        = "{{ with nomadVar \"nomad/jobs/colocate-agent\" }}{{ .keys }}{{ end }}"
      }

      # The hosts are Nomad's clients, each in the rack that `meta { rack = "..." }` of its configuration names.
      template {
        destination = "${NOMAD_TASK_DIR}/agent.toml"
        data        = <<-TOML
          host = "{{ env "node.unique.id" }}"
          listen = "{{ env "NOMAD_ADDR_probes" }}"
          keys = "{{ env "NOMAD_SECRETS_DIR" }}/keys"
          [peers.nomad]
          address = "http://127.0.0.1:4646"
          rack = "meta.rack"
          [server]
          listen = "{{ env "NOMAD_ADDR_grpc" }}"
          tokens = "/etc/colocate/tokens"
          [server.tls]
          certificate = "/etc/colocate/agent.pem"
          key = "/etc/colocate/agent.key"
          [metrics]
          listen = "{{ env "NOMAD_ADDR_metrics" }}"
        TOML
      }

      resources {
        cpu    = 200
        memory = 128
      }

      kill_timeout = "40s"
    }
  }
}
