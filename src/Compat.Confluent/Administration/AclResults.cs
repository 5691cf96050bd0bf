namespace Semel.Compat.Confluent.Admin;

/// <summary>How creating ACLs is carried out.</summary>
public class CreateAclsOptions
{
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of creating ACLs ended.</summary>
public class CreateAclReport
{
    public Error Error { get; set; }
}

/// <summary>A part of creating ACLs failed: the results say which.</summary>
public class CreateAclsException : KafkaException
{
    public CreateAclsException(List<CreateAclReport> results)
        : base(Partial.Error("creating ACLs", results.Select(static report => ("binding", report.Error)))) => Results = results;

    public List<CreateAclReport> Results { get; }
}

/// <summary>How deleting ACLs is carried out.</summary>
public class DeleteAclsOptions
{
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of deleting ACLs ended.</summary>
public class DeleteAclsReport
{
    public Error Error { get; set; }
    public List<AclBinding> AclBindings { get; set; }
}

/// <summary>What deleting ACLs gave.</summary>
public class DeleteAclsResult
{
    public List<AclBinding> AclBindings { get; set; }
}

/// <summary>A part of deleting ACLs failed: the results say which.</summary>
public class DeleteAclsException : KafkaException
{
    public DeleteAclsException(List<DeleteAclsReport> results)
        : base(Partial.Error("deleting ACLs", results.Select(static report => ("filter", report.Error)))) => Results = results;

    public List<DeleteAclsReport> Results { get; }
}

/// <summary>How describing ACLs is carried out.</summary>
public class DescribeAclsOptions
{
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of describing ACLs ended.</summary>
public class DescribeAclsReport
{
    public Error Error { get; set; }
    public List<AclBinding> AclBindings { get; set; }
}

/// <summary>What describing ACLs gave.</summary>
public class DescribeAclsResult
{
    public List<AclBinding> AclBindings { get; set; }
}

/// <summary>A part of describing ACLs failed: the results say which.</summary>
public class DescribeAclsException : KafkaException
{
    public DescribeAclsException(DescribeAclsReport result) : base(Partial.Error("describing ACLs", [("filter", result.Error)])) => Result = result;

    public DescribeAclsReport Result { get; }
}

/// <summary>What may be done.</summary>
public enum AclOperation
{
    Unknown = 0,
    Any = 1,
    All = 2,
    Read = 3,
    Write = 4,
    Create = 5,
    Delete = 6,
    Alter = 7,
    Describe = 8,
    ClusterAction = 9,
    DescribeConfigs = 10,
    AlterConfigs = 11,
    IdempotentWrite = 12,
}

/// <summary>Whether it may.</summary>
public enum AclPermissionType
{
    Unknown = 0,
    Any = 1,
    Deny = 2,
    Allow = 3,
}

/// <summary>How a name is meant.</summary>
public enum ResourcePatternType
{
    Unknown = 0,
    Any = 1,
    Match = 2,
    Literal = 3,
    Prefixed = 4,
}
