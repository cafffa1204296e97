module keyhold/clients/kmip

go 1.26

require github.com/ovh/kmip-go v0.8.1
