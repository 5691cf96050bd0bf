namespace Semel.Compat.Confluent.Admin;

/// <summary>What has a configuration or rights.</summary>
public enum ResourceType
{
    Unknown = 0,
    Any = 1,
    Topic = 2,
    Group = 3,
    Broker = 4,
}

/// <summary>Where a configured value comes from.</summary>
public enum ConfigSource
{
    UnknownConfig = 0,
    DynamicTopicConfig = 1,
    DynamicBrokerConfig = 2,
    DynamicDefaultBrokerConfig = 3,
    StaticBrokerConfig = 4,
    DefaultConfig = 5,
    GroupConfig = 8,
}

/// <summary>What is done to a configured value.</summary>
public enum AlterConfigOpType
{
    Set = 0,
    Delete = 1,
    Append = 2,
    Subtract = 3,
}

/// <summary>Another key or place that the value could come from.</summary>
public class ConfigSynonym
{
    public ConfigSource Source { get; set; }
    public string Name { get; set; }
    public string Value { get; set; }
}

/// <summary>A value to be configured.</summary>
public class ConfigEntry
{
    public AlterConfigOpType IncrementalOperation { get; set; }
    public string Name { get; set; }
    public string Value { get; set; }
}

/// <summary>A configured value.</summary>
public class ConfigEntryResult
{
    public bool IsDefault { get; set; }
    public bool IsReadOnly { get; set; }
    public bool IsSensitive { get; set; }
    public ConfigSource Source { get; set; }
    public List<ConfigSynonym> Synonyms { get; set; }
    public string Name { get; set; }
    public string Value { get; set; }
}

/// <summary>How describing configurations is carried out.</summary>
public class DescribeConfigsOptions
{
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of describing configurations ended.</summary>
public class DescribeConfigsReport
{
    public ConfigResource ConfigResource;
    public Error Error { get; set; }
    public Dictionary<string, ConfigEntryResult> Entries { get; set; }
}

/// <summary>What describing configurations gave.</summary>
public class DescribeConfigsResult
{
    public ConfigResource ConfigResource;
    public Dictionary<string, ConfigEntryResult> Entries { get; set; }
}

/// <summary>A part of describing configurations failed: the results say which.</summary>
public class DescribeConfigsException : KafkaException
{
    public DescribeConfigsException(List<DescribeConfigsReport> results)
        : base(Partial.Error("describing configurations", results.Select(static report => ($"{report.ConfigResource}", report.Error)))) => Results = results;

    public List<DescribeConfigsReport> Results { get; }
}

/// <summary>How altering configurations is carried out.</summary>
public class AlterConfigsOptions
{
    /// <summary>Only say whether it could be done.</summary>
    public bool ValidateOnly { get; set; }
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of altering configurations ended.</summary>
public class AlterConfigsReport
{
    public ConfigResource ConfigResource;
    public Error Error { get; set; }
}

/// <summary>A part of altering configurations failed: the results say which.</summary>
public class AlterConfigsException : KafkaException
{
    public AlterConfigsException(List<AlterConfigsReport> results)
        : base(Partial.Error("altering configurations", results.Select(static report => ($"{report.ConfigResource}", report.Error)))) => Results = results;

    public List<AlterConfigsReport> Results { get; }
}

/// <summary>How altering configurations is carried out.</summary>
public class IncrementalAlterConfigsOptions
{
    /// <summary>Only say whether it could be done.</summary>
    public bool ValidateOnly { get; set; }
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of altering configurations ended.</summary>
public class IncrementalAlterConfigsReport
{
    public ConfigResource ConfigResource;
    public Error Error { get; set; }
}

/// <summary>What altering configurations gave.</summary>
public class IncrementalAlterConfigsResult
{
    public ConfigResource ConfigResource;
}

/// <summary>A part of altering configurations failed: the results say which.</summary>
public class IncrementalAlterConfigsException : KafkaException
{
    public IncrementalAlterConfigsException(List<IncrementalAlterConfigsReport> results)
        : base(Partial.Error("altering configurations", results.Select(static report => ($"{report.ConfigResource}", report.Error)))) => Results = results;

    public List<IncrementalAlterConfigsReport> Results { get; }
}
