namespace Semel.Compat.Confluent;

/// <summary>What a record waits for before it counts as acknowledged.</summary>
public enum Acks
{
    All = -1,
    None = 0,
    Leader = 1,
}

/// <summary>Where a partition is read from without an offset.</summary>
public enum AutoOffsetReset
{
    Latest = 0,
    Earliest = 1,
    Error = 2,
}

/// <summary>Which addresses are dialled.</summary>
public enum BrokerAddressFamily
{
    Any = 0,
    V4 = 1,
    V6 = 2,
}

/// <summary>How names are looked up.</summary>
public enum ClientDnsLookup
{
    UseAllDnsIps = 0,
    ResolveCanonicalBootstrapServersOnly = 1,
}

/// <summary>How batches are compressed.</summary>
public enum CompressionType
{
    None = 0,
    Gzip = 1,
    Snappy = 2,
    Lz4 = 3,
    Zstd = 4,
}

/// <summary>Which protocol a member of a group speaks.</summary>
public enum GroupProtocol
{
    Classic = 0,
    Consumer = 1,
}

/// <summary>Whether records of undecided and aborted transactions are seen.</summary>
public enum IsolationLevel
{
    ReadUncommitted = 0,
    ReadCommitted = 1,
}

/// <summary>What follows when no known broker answers.</summary>
public enum MetadataRecoveryStrategy
{
    None = 0,
    Rebootstrap = 1,
}

/// <summary>How a classic group divides its partitions.</summary>
public enum PartitionAssignmentStrategy
{
    Range = 0,
    RoundRobin = 1,
    CooperativeSticky = 2,
}

/// <summary>Which partition a record goes to that names none.</summary>
public enum Partitioner
{
    Random = 0,
    Consistent = 1,
    ConsistentRandom = 2,
    Murmur2 = 3,
    Murmur2Random = 4,
}

/// <summary>How connections are protected.</summary>
public enum SecurityProtocol
{
    Plaintext = 0,
    Ssl = 1,
    SaslPlaintext = 2,
    SaslSsl = 3,
}

/// <summary>Whether the name in a certificate is checked.</summary>
public enum SslEndpointIdentificationAlgorithm
{
    None = 0,
    Https = 1,
}

/// <summary>How clients show who they are.</summary>
public enum SaslMechanism
{
    Gssapi = 0,
    Plain = 1,
    ScramSha256 = 2,
    ScramSha512 = 3,
    OAuthBearer = 4,
}

/// <summary>How a token is got.</summary>
public enum SaslOauthbearerMethod
{
    Default = 0,
    Oidc = 1,
}

/// <summary>How a token is asked for.</summary>
public enum SaslOauthbearerGrantType
{
    ClientCredentials = 0,
    JwtBearer = 1,
}

/// <summary>How an assertion is signed.</summary>
public enum SaslOauthbearerAssertionAlgorithm
{
    RS256 = 0,
    ES256 = 1,
}

/// <summary>Which cloud gives the token.</summary>
public enum SaslOauthbearerMetadataAuthenticationType
{
    None = 0,
    AzureIMDS = 1,
    AwsIam = 2,
}
