namespace Semel.Compat.Confluent;

/// <summary>How the members of an enumeration are written in a configuration, and read from one.</summary>
static class ConfigWords
{
    /// <summary>Those that are not simply their words with an underscore between.</summary>
    static readonly Dictionary<Enum, string> Irregular = new()
    {
        [SaslMechanism.Gssapi] = "GSSAPI",
        [SaslMechanism.Plain] = "PLAIN",
        [SaslMechanism.ScramSha256] = "SCRAM-SHA-256",
        [SaslMechanism.ScramSha512] = "SCRAM-SHA-512",
        [SaslMechanism.OAuthBearer] = "OAUTHBEARER",
        [Acks.None] = "0",
        [Acks.Leader] = "1",
        [Acks.All] = "-1",
        [SaslOauthbearerGrantType.ClientCredentials] = "clientcredentials",
        [SaslOauthbearerGrantType.JwtBearer] = "jwtbearer",
        [SaslOauthbearerAssertionAlgorithm.RS256] = "rs256",
        [SaslOauthbearerAssertionAlgorithm.ES256] = "es256",
        [SaslOauthbearerMetadataAuthenticationType.AzureIMDS] = "azure_imds",
        [PartitionAssignmentStrategy.RoundRobin] = "roundrobin",
        [PartitionAssignmentStrategy.CooperativeSticky] = "cooperative-sticky",
    };

    /// <summary>Other words for the same, as librdkafka and Java take them.</summary>
    static readonly Dictionary<string, Enum> Synonyms = new(StringComparer.OrdinalIgnoreCase)
    {
        ["acks/all"] = Acks.All,
        ["auto.offset.reset/smallest"] = AutoOffsetReset.Earliest,
        ["auto.offset.reset/beginning"] = AutoOffsetReset.Earliest,
        ["auto.offset.reset/largest"] = AutoOffsetReset.Latest,
        ["auto.offset.reset/end"] = AutoOffsetReset.Latest,
        ["auto.offset.reset/none"] = AutoOffsetReset.Error,
    };

    public static string Of(Enum value) => Irregular.TryGetValue(value, out var word) ? word
        : string.Concat(value.ToString().Select((letter, at) => at > 0 && char.IsUpper(letter) ? $"_{char.ToLowerInvariant(letter)}"
            : $"{char.ToLowerInvariant(letter)}"));

    /// <exception cref="ArgumentException">No member of the enumeration is written like this.</exception>
    public static Enum Read(Type type, string key, string text)
    {
        if (Synonyms.TryGetValue($"{key}/{text}", out var synonym) && synonym.GetType() == type) return synonym;
        var members = Enum.GetNames(type).Select(name => (Enum)Enum.Parse(type, name)).ToList();
        return members.Find(member => string.Equals(Of(member), text, StringComparison.OrdinalIgnoreCase) || string.Equals(member.ToString(), text,
            StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException($"{key}='{text}' is none of {string.Join(", ", members.Select(Of))}.");
    }
}
