/** Usage texts that the tools print for a command they do not know. */

export const usage84 = `
USAGE: drbdsetup command device arguments options

Device is usually /dev/drbdX or /dev/drbd/X.

Commands are:
    primary             secondary           attach              
    disk-options        detach              connect             
    net-options         disconnect          resize              
    resource-options    new-current-uuid    invalidate          
    invalidate-remote   pause-sync          resume-sync         
    suspend-io          resume-io           outdate             
    verify              down                state               
    role                sh-status           cstate              
    dstate              show-gi             get-gi              
    show                status              check-resize        
    events              events2             wait-connect        
    wait-sync           new-resource        new-minor           
    del-minor           del-resource        

To get more details about a command issue 'drbdsetup help cmd'.
`

export const usage9 = `
USAGE: drbdsetup command {arguments} [options]

Commands are:
    primary             secondary           attach              
    disk-options        detach              connect             
    new-peer            del-peer            new-path            
    del-path            net-options         disconnect          
    resize              resource-options    peer-device-options 
    new-current-uuid    invalidate          invalidate-remote   
    pause-sync          resume-sync         suspend-io          
    resume-io           outdate             verify              
    down                role                cstate              
    dstate              show-gi             get-gi              
    show                status              check-resize        
    events2             wait-connect-volume wait-connect-resource
    wait-sync-resource  new-resource        new-minor           
    del-minor           del-resource        forget-peer         

To get more details about a command issue 'drbdsetup help cmd'.
`
