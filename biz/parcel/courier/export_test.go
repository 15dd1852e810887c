package courier

// SFDigest signs by a mode, for the samples that the vendor has published.
func SFDigest(data, timestamp, checkword, mode string) string {
	return (&SF{cfg: SFConfig{Checkwords: []string{checkword}, Digest: mode}}).digest(data, timestamp)
}
