namespace Semel.Compat.Confluent;

/// <summary>What producers, consumers and admin clients are configured with alike; a key without a property is set by <see cref="Config.Set"/>.</summary>
public class ClientConfig : Config
{
    public ClientConfig() { }
    public ClientConfig(ClientConfig config) : base(config) { }
    public ClientConfig(IDictionary<string, string> config) : base(config) { }

    /// <summary><c>sasl.mechanism</c>.</summary>
    public SaslMechanism? SaslMechanism { get => GetChoice<SaslMechanism>("sasl.mechanism"); set => SetObject("sasl.mechanism", value); }
    /// <summary><c>acks</c>: What a record waits for before it counts as acknowledged. Default all.</summary>
    public Acks? Acks { get => GetChoice<Acks>("acks"); set => SetObject("acks", value); }
    /// <summary><c>client.id</c>: The name that brokers log for this client.</summary>
    public string ClientId { get => Get("client.id"); set => SetObject("client.id", value); }
    /// <summary><c>bootstrap.servers</c>: Where to find the cluster first: host:port, several separated by commas. Required.</summary>
    public string BootstrapServers { get => Get("bootstrap.servers"); set => SetObject("bootstrap.servers", value); }
    /// <summary><c>message.max.bytes</c>.</summary>
    public int? MessageMaxBytes { get => GetInt("message.max.bytes"); set => SetObject("message.max.bytes", value); }
    /// <summary><c>message.copy.max.bytes</c>.</summary>
    public int? MessageCopyMaxBytes { get => GetInt("message.copy.max.bytes"); set => SetObject("message.copy.max.bytes", value); }
    /// <summary><c>receive.message.max.bytes</c>.</summary>
    public int? ReceiveMessageMaxBytes { get => GetInt("receive.message.max.bytes"); set => SetObject("receive.message.max.bytes", value); }
    /// <summary><c>max.in.flight</c>.</summary>
    public int? MaxInFlight { get => GetInt("max.in.flight"); set => SetObject("max.in.flight", value); }
    /// <summary><c>metadata.recovery.strategy</c>.</summary>
    public MetadataRecoveryStrategy? MetadataRecoveryStrategy { get => GetChoice<MetadataRecoveryStrategy>("metadata.recovery.strategy"); set =>
        SetObject("metadata.recovery.strategy", value); }
    /// <summary><c>metadata.recovery.rebootstrap.trigger.ms</c>.</summary>
    public int? MetadataRecoveryRebootstrapTriggerMs { get => GetInt("metadata.recovery.rebootstrap.trigger.ms"); set =>
        SetObject("metadata.recovery.rebootstrap.trigger.ms", value); }
    /// <summary><c>topic.metadata.refresh.interval.ms</c>.</summary>
    public int? TopicMetadataRefreshIntervalMs { get => GetInt("topic.metadata.refresh.interval.ms"); set => SetObject("topic.metadata.refresh.interval.ms",
        value); }
    /// <summary><c>metadata.max.age.ms</c>.</summary>
    public int? MetadataMaxAgeMs { get => GetInt("metadata.max.age.ms"); set => SetObject("metadata.max.age.ms", value); }
    /// <summary><c>topic.metadata.refresh.fast.interval.ms</c>.</summary>
    public int? TopicMetadataRefreshFastIntervalMs { get => GetInt("topic.metadata.refresh.fast.interval.ms"); set =>
        SetObject("topic.metadata.refresh.fast.interval.ms", value); }
    /// <summary><c>topic.metadata.refresh.sparse</c>.</summary>
    public bool? TopicMetadataRefreshSparse { get => GetBool("topic.metadata.refresh.sparse"); set => SetObject("topic.metadata.refresh.sparse", value); }
    /// <summary><c>topic.metadata.propagation.max.ms</c>.</summary>
    public int? TopicMetadataPropagationMaxMs { get => GetInt("topic.metadata.propagation.max.ms"); set => SetObject("topic.metadata.propagation.max.ms",
        value); }
    /// <summary><c>topic.blacklist</c>.</summary>
    public string TopicBlacklist { get => Get("topic.blacklist"); set => SetObject("topic.blacklist", value); }
    /// <summary><c>debug</c>.</summary>
    public string Debug { get => Get("debug"); set => SetObject("debug", value); }
    /// <summary><c>socket.timeout.ms</c>.</summary>
    public int? SocketTimeoutMs { get => GetInt("socket.timeout.ms"); set => SetObject("socket.timeout.ms", value); }
    /// <summary><c>socket.send.buffer.bytes</c>.</summary>
    public int? SocketSendBufferBytes { get => GetInt("socket.send.buffer.bytes"); set => SetObject("socket.send.buffer.bytes", value); }
    /// <summary><c>socket.receive.buffer.bytes</c>.</summary>
    public int? SocketReceiveBufferBytes { get => GetInt("socket.receive.buffer.bytes"); set => SetObject("socket.receive.buffer.bytes", value); }
    /// <summary><c>socket.keepalive.enable</c>.</summary>
    public bool? SocketKeepaliveEnable { get => GetBool("socket.keepalive.enable"); set => SetObject("socket.keepalive.enable", value); }
    /// <summary><c>socket.nagle.disable</c>.</summary>
    public bool? SocketNagleDisable { get => GetBool("socket.nagle.disable"); set => SetObject("socket.nagle.disable", value); }
    /// <summary><c>socket.max.fails</c>.</summary>
    public int? SocketMaxFails { get => GetInt("socket.max.fails"); set => SetObject("socket.max.fails", value); }
    /// <summary><c>broker.address.ttl</c>.</summary>
    public int? BrokerAddressTtl { get => GetInt("broker.address.ttl"); set => SetObject("broker.address.ttl", value); }
    /// <summary><c>broker.address.family</c>.</summary>
    public BrokerAddressFamily? BrokerAddressFamily { get => GetChoice<BrokerAddressFamily>("broker.address.family"); set => SetObject("broker.address.family",
        value); }
    /// <summary><c>socket.connection.setup.timeout.ms</c>.</summary>
    public int? SocketConnectionSetupTimeoutMs { get => GetInt("socket.connection.setup.timeout.ms"); set => SetObject("socket.connection.setup.timeout.ms",
        value); }
    /// <summary><c>connections.max.idle.ms</c>.</summary>
    public int? ConnectionsMaxIdleMs { get => GetInt("connections.max.idle.ms"); set => SetObject("connections.max.idle.ms", value); }
    /// <summary><c>reconnect.backoff.ms</c>.</summary>
    public int? ReconnectBackoffMs { get => GetInt("reconnect.backoff.ms"); set => SetObject("reconnect.backoff.ms", value); }
    /// <summary><c>reconnect.backoff.max.ms</c>.</summary>
    public int? ReconnectBackoffMaxMs { get => GetInt("reconnect.backoff.max.ms"); set => SetObject("reconnect.backoff.max.ms", value); }
    /// <summary><c>statistics.interval.ms</c>.</summary>
    public int? StatisticsIntervalMs { get => GetInt("statistics.interval.ms"); set => SetObject("statistics.interval.ms", value); }
    /// <summary><c>log.queue</c>.</summary>
    public bool? LogQueue { get => GetBool("log.queue"); set => SetObject("log.queue", value); }
    /// <summary><c>log.thread.name</c>.</summary>
    public bool? LogThreadName { get => GetBool("log.thread.name"); set => SetObject("log.thread.name", value); }
    /// <summary><c>enable.random.seed</c>.</summary>
    public bool? EnableRandomSeed { get => GetBool("enable.random.seed"); set => SetObject("enable.random.seed", value); }
    /// <summary><c>log.connection.close</c>.</summary>
    public bool? LogConnectionClose { get => GetBool("log.connection.close"); set => SetObject("log.connection.close", value); }
    /// <summary><c>internal.termination.signal</c>.</summary>
    public int? InternalTerminationSignal { get => GetInt("internal.termination.signal"); set => SetObject("internal.termination.signal", value); }
    /// <summary><c>api.version.request</c>.</summary>
    public bool? ApiVersionRequest { get => GetBool("api.version.request"); set => SetObject("api.version.request", value); }
    /// <summary><c>api.version.request.timeout.ms</c>.</summary>
    public int? ApiVersionRequestTimeoutMs { get => GetInt("api.version.request.timeout.ms"); set => SetObject("api.version.request.timeout.ms", value); }
    /// <summary><c>api.version.fallback.ms</c>.</summary>
    public int? ApiVersionFallbackMs { get => GetInt("api.version.fallback.ms"); set => SetObject("api.version.fallback.ms", value); }
    /// <summary><c>broker.version.fallback</c>.</summary>
    public string BrokerVersionFallback { get => Get("broker.version.fallback"); set => SetObject("broker.version.fallback", value); }
    /// <summary><c>allow.auto.create.topics</c>.</summary>
    public bool? AllowAutoCreateTopics { get => GetBool("allow.auto.create.topics"); set => SetObject("allow.auto.create.topics", value); }
    /// <summary><c>security.protocol</c>.</summary>
    public SecurityProtocol? SecurityProtocol { get => GetChoice<SecurityProtocol>("security.protocol"); set => SetObject("security.protocol", value); }
    /// <summary><c>ssl.cipher.suites</c>.</summary>
    public string SslCipherSuites { get => Get("ssl.cipher.suites"); set => SetObject("ssl.cipher.suites", value); }
    /// <summary><c>ssl.curves.list</c>.</summary>
    public string SslCurvesList { get => Get("ssl.curves.list"); set => SetObject("ssl.curves.list", value); }
    /// <summary><c>ssl.sigalgs.list</c>.</summary>
    public string SslSigalgsList { get => Get("ssl.sigalgs.list"); set => SetObject("ssl.sigalgs.list", value); }
    /// <summary><c>ssl.key.location</c>.</summary>
    public string SslKeyLocation { get => Get("ssl.key.location"); set => SetObject("ssl.key.location", value); }
    /// <summary><c>ssl.key.password</c>.</summary>
    public string SslKeyPassword { get => Get("ssl.key.password"); set => SetObject("ssl.key.password", value); }
    /// <summary><c>ssl.key.pem</c>.</summary>
    public string SslKeyPem { get => Get("ssl.key.pem"); set => SetObject("ssl.key.pem", value); }
    /// <summary><c>ssl.certificate.location</c>.</summary>
    public string SslCertificateLocation { get => Get("ssl.certificate.location"); set => SetObject("ssl.certificate.location", value); }
    /// <summary><c>ssl.certificate.pem</c>.</summary>
    public string SslCertificatePem { get => Get("ssl.certificate.pem"); set => SetObject("ssl.certificate.pem", value); }
    /// <summary><c>ssl.ca.location</c>.</summary>
    public string SslCaLocation { get => Get("ssl.ca.location"); set => SetObject("ssl.ca.location", value); }
    /// <summary><c>https.ca.location</c>.</summary>
    public string HttpsCaLocation { get => Get("https.ca.location"); set => SetObject("https.ca.location", value); }
    /// <summary><c>https.ca.pem</c>.</summary>
    public string HttpsCaPem { get => Get("https.ca.pem"); set => SetObject("https.ca.pem", value); }
    /// <summary><c>ssl.ca.pem</c>.</summary>
    public string SslCaPem { get => Get("ssl.ca.pem"); set => SetObject("ssl.ca.pem", value); }
    /// <summary><c>ssl.ca.certificate.stores</c>.</summary>
    public string SslCaCertificateStores { get => Get("ssl.ca.certificate.stores"); set => SetObject("ssl.ca.certificate.stores", value); }
    /// <summary><c>ssl.crl.location</c>.</summary>
    public string SslCrlLocation { get => Get("ssl.crl.location"); set => SetObject("ssl.crl.location", value); }
    /// <summary><c>ssl.keystore.location</c>.</summary>
    public string SslKeystoreLocation { get => Get("ssl.keystore.location"); set => SetObject("ssl.keystore.location", value); }
    /// <summary><c>ssl.keystore.password</c>.</summary>
    public string SslKeystorePassword { get => Get("ssl.keystore.password"); set => SetObject("ssl.keystore.password", value); }
    /// <summary><c>ssl.providers</c>.</summary>
    public string SslProviders { get => Get("ssl.providers"); set => SetObject("ssl.providers", value); }
    /// <summary><c>ssl.engine.location</c>.</summary>
    public string SslEngineLocation { get => Get("ssl.engine.location"); set => SetObject("ssl.engine.location", value); }
    /// <summary><c>ssl.engine.id</c>.</summary>
    public string SslEngineId { get => Get("ssl.engine.id"); set => SetObject("ssl.engine.id", value); }
    /// <summary><c>enable.ssl.certificate.verification</c>.</summary>
    public bool? EnableSslCertificateVerification { get => GetBool("enable.ssl.certificate.verification"); set =>
        SetObject("enable.ssl.certificate.verification", value); }
    /// <summary><c>ssl.endpoint.identification.algorithm</c>.</summary>
    public SslEndpointIdentificationAlgorithm? SslEndpointIdentificationAlgorithm { get =>
        GetChoice<SslEndpointIdentificationAlgorithm>("ssl.endpoint.identification.algorithm"); set => SetObject("ssl.endpoint.identification.algorithm",
        value); }
    /// <summary><c>sasl.kerberos.service.name</c>.</summary>
    public string SaslKerberosServiceName { get => Get("sasl.kerberos.service.name"); set => SetObject("sasl.kerberos.service.name", value); }
    /// <summary><c>sasl.kerberos.principal</c>.</summary>
    public string SaslKerberosPrincipal { get => Get("sasl.kerberos.principal"); set => SetObject("sasl.kerberos.principal", value); }
    /// <summary><c>sasl.kerberos.kinit.cmd</c>.</summary>
    public string SaslKerberosKinitCmd { get => Get("sasl.kerberos.kinit.cmd"); set => SetObject("sasl.kerberos.kinit.cmd", value); }
    /// <summary><c>sasl.kerberos.keytab</c>.</summary>
    public string SaslKerberosKeytab { get => Get("sasl.kerberos.keytab"); set => SetObject("sasl.kerberos.keytab", value); }
    /// <summary><c>sasl.kerberos.min.time.before.relogin</c>.</summary>
    public int? SaslKerberosMinTimeBeforeRelogin { get => GetInt("sasl.kerberos.min.time.before.relogin"); set =>
        SetObject("sasl.kerberos.min.time.before.relogin", value); }
    /// <summary><c>sasl.username</c>.</summary>
    public string SaslUsername { get => Get("sasl.username"); set => SetObject("sasl.username", value); }
    /// <summary><c>sasl.password</c>.</summary>
    public string SaslPassword { get => Get("sasl.password"); set => SetObject("sasl.password", value); }
    /// <summary><c>sasl.oauthbearer.config</c>.</summary>
    public string SaslOauthbearerConfig { get => Get("sasl.oauthbearer.config"); set => SetObject("sasl.oauthbearer.config", value); }
    /// <summary><c>enable.sasl.oauthbearer.unsecure.jwt</c>.</summary>
    public bool? EnableSaslOauthbearerUnsecureJwt { get => GetBool("enable.sasl.oauthbearer.unsecure.jwt"); set =>
        SetObject("enable.sasl.oauthbearer.unsecure.jwt", value); }
    /// <summary><c>sasl.oauthbearer.method</c>.</summary>
    public SaslOauthbearerMethod? SaslOauthbearerMethod { get => GetChoice<SaslOauthbearerMethod>("sasl.oauthbearer.method"); set =>
        SetObject("sasl.oauthbearer.method", value); }
    /// <summary><c>sasl.oauthbearer.client.id</c>.</summary>
    public string SaslOauthbearerClientId { get => Get("sasl.oauthbearer.client.id"); set => SetObject("sasl.oauthbearer.client.id", value); }
    /// <summary><c>sasl.oauthbearer.client.secret</c>.</summary>
    public string SaslOauthbearerClientSecret { get => Get("sasl.oauthbearer.client.secret"); set => SetObject("sasl.oauthbearer.client.secret", value); }
    /// <summary><c>sasl.oauthbearer.scope</c>.</summary>
    public string SaslOauthbearerScope { get => Get("sasl.oauthbearer.scope"); set => SetObject("sasl.oauthbearer.scope", value); }
    /// <summary><c>sasl.oauthbearer.extensions</c>.</summary>
    public string SaslOauthbearerExtensions { get => Get("sasl.oauthbearer.extensions"); set => SetObject("sasl.oauthbearer.extensions", value); }
    /// <summary><c>sasl.oauthbearer.token.endpoint.url</c>.</summary>
    public string SaslOauthbearerTokenEndpointUrl { get => Get("sasl.oauthbearer.token.endpoint.url"); set => SetObject("sasl.oauthbearer.token.endpoint.url",
        value); }
    /// <summary><c>sasl.oauthbearer.sub.claim.name</c>.</summary>
    public string SaslOauthbearerSubClaimName { get => Get("sasl.oauthbearer.sub.claim.name"); set => SetObject("sasl.oauthbearer.sub.claim.name", value); }
    /// <summary><c>sasl.oauthbearer.grant.type</c>.</summary>
    public SaslOauthbearerGrantType? SaslOauthbearerGrantType { get => GetChoice<SaslOauthbearerGrantType>("sasl.oauthbearer.grant.type"); set =>
        SetObject("sasl.oauthbearer.grant.type", value); }
    /// <summary><c>sasl.oauthbearer.assertion.algorithm</c>.</summary>
    public SaslOauthbearerAssertionAlgorithm? SaslOauthbearerAssertionAlgorithm { get =>
        GetChoice<SaslOauthbearerAssertionAlgorithm>("sasl.oauthbearer.assertion.algorithm"); set => SetObject("sasl.oauthbearer.assertion.algorithm", value); }
    /// <summary><c>sasl.oauthbearer.assertion.private.key.file</c>.</summary>
    public string SaslOauthbearerAssertionPrivateKeyFile { get => Get("sasl.oauthbearer.assertion.private.key.file"); set =>
        SetObject("sasl.oauthbearer.assertion.private.key.file", value); }
    /// <summary><c>sasl.oauthbearer.assertion.private.key.passphrase</c>.</summary>
    public string SaslOauthbearerAssertionPrivateKeyPassphrase { get => Get("sasl.oauthbearer.assertion.private.key.passphrase"); set =>
        SetObject("sasl.oauthbearer.assertion.private.key.passphrase", value); }
    /// <summary><c>sasl.oauthbearer.assertion.private.key.pem</c>.</summary>
    public string SaslOauthbearerAssertionPrivateKeyPem { get => Get("sasl.oauthbearer.assertion.private.key.pem"); set =>
        SetObject("sasl.oauthbearer.assertion.private.key.pem", value); }
    /// <summary><c>sasl.oauthbearer.assertion.file</c>.</summary>
    public string SaslOauthbearerAssertionFile { get => Get("sasl.oauthbearer.assertion.file"); set => SetObject("sasl.oauthbearer.assertion.file", value); }
    /// <summary><c>sasl.oauthbearer.assertion.claim.aud</c>.</summary>
    public string SaslOauthbearerAssertionClaimAud { get => Get("sasl.oauthbearer.assertion.claim.aud"); set =>
        SetObject("sasl.oauthbearer.assertion.claim.aud", value); }
    /// <summary><c>sasl.oauthbearer.assertion.claim.exp.seconds</c>.</summary>
    public int? SaslOauthbearerAssertionClaimExpSeconds { get => GetInt("sasl.oauthbearer.assertion.claim.exp.seconds"); set =>
        SetObject("sasl.oauthbearer.assertion.claim.exp.seconds", value); }
    /// <summary><c>sasl.oauthbearer.assertion.claim.iss</c>.</summary>
    public string SaslOauthbearerAssertionClaimIss { get => Get("sasl.oauthbearer.assertion.claim.iss"); set =>
        SetObject("sasl.oauthbearer.assertion.claim.iss", value); }
    /// <summary><c>sasl.oauthbearer.assertion.claim.jti.include</c>.</summary>
    public bool? SaslOauthbearerAssertionClaimJtiInclude { get => GetBool("sasl.oauthbearer.assertion.claim.jti.include"); set =>
        SetObject("sasl.oauthbearer.assertion.claim.jti.include", value); }
    /// <summary><c>sasl.oauthbearer.assertion.claim.nbf.seconds</c>.</summary>
    public int? SaslOauthbearerAssertionClaimNbfSeconds { get => GetInt("sasl.oauthbearer.assertion.claim.nbf.seconds"); set =>
        SetObject("sasl.oauthbearer.assertion.claim.nbf.seconds", value); }
    /// <summary><c>sasl.oauthbearer.assertion.claim.sub</c>.</summary>
    public string SaslOauthbearerAssertionClaimSub { get => Get("sasl.oauthbearer.assertion.claim.sub"); set =>
        SetObject("sasl.oauthbearer.assertion.claim.sub", value); }
    /// <summary><c>sasl.oauthbearer.assertion.jwt.template.file</c>.</summary>
    public string SaslOauthbearerAssertionJwtTemplateFile { get => Get("sasl.oauthbearer.assertion.jwt.template.file"); set =>
        SetObject("sasl.oauthbearer.assertion.jwt.template.file", value); }
    /// <summary><c>sasl.oauthbearer.metadata.authentication.type</c>.</summary>
    public SaslOauthbearerMetadataAuthenticationType? SaslOauthbearerMetadataAuthenticationType { get =>
        GetChoice<SaslOauthbearerMetadataAuthenticationType>("sasl.oauthbearer.metadata.authentication.type"); set =>
        SetObject("sasl.oauthbearer.metadata.authentication.type", value); }
    /// <summary><c>plugin.library.paths</c>.</summary>
    public string PluginLibraryPaths { get => Get("plugin.library.paths"); set => SetObject("plugin.library.paths", value); }
    /// <summary><c>client.rack</c>.</summary>
    public string ClientRack { get => Get("client.rack"); set => SetObject("client.rack", value); }
    /// <summary><c>retry.backoff.ms</c>.</summary>
    public int? RetryBackoffMs { get => GetInt("retry.backoff.ms"); set => SetObject("retry.backoff.ms", value); }
    /// <summary><c>retry.backoff.max.ms</c>.</summary>
    public int? RetryBackoffMaxMs { get => GetInt("retry.backoff.max.ms"); set => SetObject("retry.backoff.max.ms", value); }
    /// <summary><c>client.dns.lookup</c>.</summary>
    public ClientDnsLookup? ClientDnsLookup { get => GetChoice<ClientDnsLookup>("client.dns.lookup"); set => SetObject("client.dns.lookup", value); }
    /// <summary><c>enable.metrics.push</c>.</summary>
    public bool? EnableMetricsPush { get => GetBool("enable.metrics.push"); set => SetObject("enable.metrics.push", value); }
}
