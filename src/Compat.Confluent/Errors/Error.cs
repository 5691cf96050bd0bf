namespace Semel.Compat.Confluent;

/// <summary>What failed, or that nothing did. Two errors are equal when their codes are. Immutable.</summary>
public class Error
{
    readonly string _reason;

    public Error(ErrorCode code) : this(code, null, false) { }
    public Error(ErrorCode code, string reason) : this(code, reason, false) { }

    public Error(ErrorCode code, string reason, bool isFatal)
    {
        Code = code;
        _reason = reason;
        IsFatal = isFatal;
    }

    public Error(Error error) : this(error.Code, error._reason, error.IsFatal) { }

    public ErrorCode Code { get; }
    /// <summary>A sentence; the code's words where there is none.</summary>
    public string Reason => string.IsNullOrEmpty(_reason) ? Code.GetReason() : _reason;
    /// <summary>The client is of no use any more: dispose of it.</summary>
    public bool IsFatal { get; }
    public bool IsError => Code != ErrorCode.NoError;
    /// <summary>The client found the failure by itself.</summary>
    public bool IsLocalError => (int)Code < -1;
    public bool IsBrokerError => (int)Code > 0;

    public static implicit operator Error(ErrorCode c) => new(c);
    public static implicit operator ErrorCode(Error e) => e.Code;

    public override bool Equals(object obj) => obj is Error other && Code == other.Code;
    public override int GetHashCode() => Code.GetHashCode();
    public static bool operator ==(Error a, Error b) => Equals(a, b);
    public static bool operator !=(Error a, Error b) => !Equals(a, b);

    public override string ToString() => Reason;
}
