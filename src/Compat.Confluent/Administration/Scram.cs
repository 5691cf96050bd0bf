namespace Semel.Compat.Confluent.Admin;

/// <summary>How a password is kept.</summary>
public enum ScramMechanism
{
    Unknown = 0,
    ScramSha256 = 1,
    ScramSha512 = 2,
}

/// <summary>How a user's password is kept.</summary>
public class ScramCredentialInfo
{
    public ScramMechanism Mechanism { get; set; }
    public int Iterations { get; set; }
}

/// <summary>What of a user's passwords may be told.</summary>
public class UserScramCredentialsDescription
{
    public Error Error { get; set; }
    public List<ScramCredentialInfo> ScramCredentialInfos { get; set; }
    public string User { get; set; }
}

/// <summary>A change to a user's passwords.</summary>
public class UserScramCredentialAlteration
{
    public string User { get; set; }
}

/// <summary>A password to be set.</summary>
public class UserScramCredentialUpsertion : UserScramCredentialAlteration
{
    public byte[] Password { get; set; }
    public byte[] Salt { get; set; }
    public ScramCredentialInfo ScramCredentialInfo { get; set; }
}

/// <summary>A password to be taken away.</summary>
public class UserScramCredentialDeletion : UserScramCredentialAlteration
{
    public ScramMechanism Mechanism { get; set; }
}

/// <summary>How describing users is carried out.</summary>
public class DescribeUserScramCredentialsOptions
{
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of describing users ended.</summary>
public class DescribeUserScramCredentialsReport
{
    public List<UserScramCredentialsDescription> UserScramCredentialsDescriptions { get; set; }
}

/// <summary>What describing users gave.</summary>
public class DescribeUserScramCredentialsResult
{
    public List<UserScramCredentialsDescription> UserScramCredentialsDescriptions { get; set; }
}

/// <summary>A part of describing users failed: the results say which.</summary>
public class DescribeUserScramCredentialsException : KafkaException
{
    public DescribeUserScramCredentialsException(DescribeUserScramCredentialsReport results)
        : base(Partial.Error("describing users", results.UserScramCredentialsDescriptions.Select(static user => (user.User, user.Error)))) => Results = results;

    public DescribeUserScramCredentialsReport Results { get; }
}

/// <summary>How altering users is carried out.</summary>
public class AlterUserScramCredentialsOptions
{
    /// <summary>How long it may take; null for the client's own limit.</summary>
    public TimeSpan? RequestTimeout { get; set; }
}

/// <summary>How a part of altering users ended.</summary>
public class AlterUserScramCredentialsReport
{
    public Error Error { get; set; }
    public string User { get; set; }
}

/// <summary>A part of altering users failed: the results say which.</summary>
public class AlterUserScramCredentialsException : KafkaException
{
    public AlterUserScramCredentialsException(List<AlterUserScramCredentialsReport> results)
        : base(Partial.Error("altering users", results.Select(static report => (report.User, report.Error)))) => Results = results;

    public List<AlterUserScramCredentialsReport> Results { get; }
}
